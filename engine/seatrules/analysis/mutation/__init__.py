"""Mutation: small wrong changes of a policy, each of which a case has to notice."""
