# CPack strips programs. A static library keeps its symbols and loses what is for debuggers: most of its size.
file(GLOB_RECURSE libraries ${CPACK_TEMPORARY_DIRECTORY}/*.a)
foreach(library ${libraries})
  execute_process(COMMAND strip --strip-debug --enable-deterministic-archives ${library} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
