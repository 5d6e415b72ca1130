"""What works for whom: moderators, individual effects, and a recommendation that can decline."""
