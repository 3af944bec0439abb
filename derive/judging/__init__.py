"""What other people wrote, judged claim by claim."""
