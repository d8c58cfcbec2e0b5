"""What bytes really are: kind, encoding, delivery, fields, records, values; streamed, within limits, without the network."""
