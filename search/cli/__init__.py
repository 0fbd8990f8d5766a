"""The command `trialkin`: thin shells over library calls. Heavy imports wait inside the commands."""
