"""Tests of the node image: its name, its template, its provisioners, and the join at boot."""
