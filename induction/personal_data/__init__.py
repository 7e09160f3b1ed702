"""What we hold on people: showing it to them, how long we keep it, and erasing it."""
