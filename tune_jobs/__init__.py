"""The `tune` command and the sweep that it drives. The only room that knows Ray."""
