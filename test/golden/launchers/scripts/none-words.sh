#!/bin/bash

time -p a 'b c'
