"""What is known of addresses and clients beside the logs: place, network, labels, family."""
