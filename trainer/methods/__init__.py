"""The methods that the judge compares."""
