"""The tasks that the server carries out itself: web calls, building data, publishing, language models, scripts.

A backend beside `workers`: it takes tasks of one queue as a worker does, and carries them out in the server's process
(scripts: in processes of their own). It knows the records only through `weft.ports.connections`.
"""
