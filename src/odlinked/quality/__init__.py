"""Rules, the engines that apply them, the cells that broke them, and the report a clerk reads."""
