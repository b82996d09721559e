"""HTTP in and out: the routes, the models at the edge and the problems."""
