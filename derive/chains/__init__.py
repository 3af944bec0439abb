"""The derivations that the command line shows, each of which reads like the proof on paper."""
