/* The version that every command prints. */
#ifndef OD_VERSION_H
#define OD_VERSION_H

#define OD_VERSION "0.1.0"

#endif
