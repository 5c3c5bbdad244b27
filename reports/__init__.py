"""Reading a sweep's folder: tables, figures, the HTML report. Knows neither Ray nor torch."""
