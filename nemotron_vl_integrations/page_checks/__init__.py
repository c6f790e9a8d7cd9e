"""What can be told of a page without the model: whether it is blank, was read well, or holds text of its own."""
