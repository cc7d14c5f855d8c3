"""One suite that every CRM connector passes, run through the real load into a warehouse."""
