"""What programs that answer in people's words have by the Model Context Protocol: at most eight tools over the served release.

The tools read the release by the functions that pages read it by; what they take is worded by the headers of stored questions and
the texts of the API. `server` is the only module that imports the protocol's SDK, and is imported when the first message comes.
"""
