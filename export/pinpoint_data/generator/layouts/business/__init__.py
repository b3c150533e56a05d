"""Invoices, orders, receipts, letters and agreements."""
