"""Rules, the engines that apply them, the cells that broke them, and the report for the person who fills in the tables."""
