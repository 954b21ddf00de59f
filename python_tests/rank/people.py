"""Doctors who share patients, and people who follow each other; an appointment may lack either side."""

from hasmany import Many, Model, has_many


class Doctor(Model):
    name: str
    appointments: Many["Appointment"] = has_many()
    patients: Many["Patient"] = has_many(through="appointments")


class Patient(Model):
    name: str
    appointments: Many["Appointment"] = has_many()
    doctors: Many["Doctor"] = has_many(through="appointments")
    colleagues: Many["Patient"] = has_many(through="doctors", source="patients")


class Appointment(Model):
    doctor: Doctor | None = None
    patient: Patient | None = None


class Person(Model):
    name: str
    follows: Many["Follow"] = has_many(by="follower")
    followed_by: Many["Follow"] = has_many(by="followed")
    following: Many["Person"] = has_many(through="follows", source="followed")
    followers: Many["Person"] = has_many(through="followed_by", source="follower")


class Follow(Model, unique=("follower", "followed")):
    follower: Person
    followed: Person
