"""Every trial's related trials as files, for hosts that run no program."""
