"""What bytes really are: kind, encoding, delivery, fields, records, values; streamed, capped, without the network."""
