"""The same rules put to other engines, an adapter a module; each imports its engine only when it is prepared."""
