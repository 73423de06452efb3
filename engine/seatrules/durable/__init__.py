"""The second, independent evaluator: a policy as rules of durable-rules, and only in the part of it that is safe."""
