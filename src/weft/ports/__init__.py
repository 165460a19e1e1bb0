"""What the services need from outside, as Protocols; the backends implement them and only `app` joins the two."""
