"""What the segmenter is given and answers, for those who prepare, train, run and read it."""

CHANNELS = ("t1", "t1c", "t2", "flair")  # the order of the network's input
REGIONS = ("WT", "TC", "ET")  # whole tumor, tumor core, enhancing tumor: each holds the next
GRID_MULTIPLE = 16  # the network halves its grid four times
