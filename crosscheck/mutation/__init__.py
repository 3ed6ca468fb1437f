"""Mutation of contracts and models: is every small change found by lockstep?"""
