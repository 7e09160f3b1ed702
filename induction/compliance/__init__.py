"""What compliance alone sees: where everything stands, the clause trace, the record of acts."""
