"""The model that ships with Kabar: public base weights, our adapter, and how they are joined."""
