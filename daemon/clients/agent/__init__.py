"""The agent of a session: tray, spoken welcome, notifications. No camera, no models, no secrets.

Facts go in and effects come out (`facts`); what decides (`state`, `arrival`, `notifications`) is
pure; what touches the bus, the tray, the loudspeaker is an adapter that `app` puts together.
"""
