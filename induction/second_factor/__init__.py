"""What somebody proves besides a password: a code of an app, or a kept one."""
