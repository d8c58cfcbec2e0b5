"""Reading of files of records: spreadsheets, delimited text and JSON as rows of cells under caps; where tables stand in them."""
