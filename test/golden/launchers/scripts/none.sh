#!/bin/bash

a && b
