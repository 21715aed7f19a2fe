"""The same work given to us and to the peers, side by side, in one run; see README, How fast."""
