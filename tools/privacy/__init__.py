"""What people ask of their data: access and portability."""
