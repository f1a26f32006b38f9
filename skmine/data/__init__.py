"""Whatever users have -> named columns -> codes and features; files and examples."""
