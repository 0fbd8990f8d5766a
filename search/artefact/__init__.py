"""The index on disk: immutable build folders, and one line that says which of them is live.

<root>/CURRENT                 the live build's id
<root>/LOCK                    held by the process that changes this root
<root>/builds/<build_id>/      one complete build, never changed after it was published
<root>/builds/.building-*      a build on its way, or what a killed process left of one
"""
