//! Templates and expressions: minijinja with a fuel limit and without anything that reads the world.
