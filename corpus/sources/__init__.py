"""Where code comes from: folders, single files, Debian's source packages, csmith."""
