"""What a policy is to a program that embeds it, as frozen values and as JSON Schemas; deciding needs none of it."""
