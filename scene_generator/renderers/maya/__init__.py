"""The renderer `maya`, the half outside Maya: finds mayapy, hands it jobs, makes frames of its pictures."""
