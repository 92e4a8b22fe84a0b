# Writes the units into `to`, for a command in `bindir`. Run by CMake as a script, or included.
foreach(part service hardening)
  file(READ ${CMAKE_CURRENT_LIST_DIR}/${part}.conf ${part})
endforeach()
foreach(unit keitaro-outbox.service keitaro-outbox@.service)
  configure_file(${CMAKE_CURRENT_LIST_DIR}/${unit}.in ${to}/${unit} @ONLY)
endforeach()
