"""Conversations that a checkpoint is measured by: fields, words and wordings that training never draws."""
