"""The embedded model: public base weights, Kabar's adapter, and the build."""
