from setuptools import setup

setup(name="point-clouds", version="1.2", py_modules=["clouds"], install_requires=["numpy", "torch>=1.3"])
