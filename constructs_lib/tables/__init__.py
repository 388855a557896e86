"""Facts with a date or a source: versions, images, what a node is told at boot. Plain Python."""
