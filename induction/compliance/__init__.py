"""What compliance sees: the register, the record of acts, and the policy's health."""
