"""Work at the same time: the event loop of the engine, results in order, streams of streams."""
