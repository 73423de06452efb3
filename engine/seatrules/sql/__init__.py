"""A policy's rules as SQL: the same typed trees, over flat columns, and over nested ones in DuckDB and Spark.

They are written with sqlglot's expressions. What is out of the ordinary in a row (a value of another type, a key that
is not there, a day outside the years that dates have) makes the row *not sure*: the engine decides it. So nothing that
the SQL leaves out can make an answer milder.
"""
