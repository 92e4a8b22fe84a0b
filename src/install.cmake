# What `cmake --install` lays down: the command, and the library with its headers for find_package(keitaro_outbox) and pkg-config.
# What else belongs on a system (manual, units, completions) is in tools/package.
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/keitaro_outbox)

install(TARGETS keitaro_outbox EXPORT keitaro_outbox ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY keitaro_outbox/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/keitaro_outbox FILES_MATCHING PATTERN "*.hpp")
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/keitaro_outbox/version.hpp
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/keitaro_outbox)
install(FILES ${PROJECT_SOURCE_DIR}/schema/outbox.sql ${PROJECT_SOURCE_DIR}/schema/outbox.postgresql.sql
  ${PROJECT_SOURCE_DIR}/schema/outbox.postgresql-notify.sql
  DESTINATION ${CMAKE_INSTALL_DATADIR}/keitaro-outbox)
install(EXPORT keitaro_outbox NAMESPACE keitaro_outbox:: DESTINATION ${package_dir} FILE keitaro_outboxTargets.cmake)

configure_package_config_file(keitaro_outboxConfig.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/keitaro_outboxConfig.cmake
  INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/keitaro_outboxConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES
  ${CMAKE_CURRENT_BINARY_DIR}/keitaro_outboxConfig.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/keitaro_outboxConfigVersion.cmake
  DESTINATION ${package_dir})

file(RELATIVE_PATH to_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
string(REGEX REPLACE "/$" "" to_prefix ${to_prefix})
set(pc_postgresql "")
if(KEITARO_OUTBOX_POSTGRESQL)
  set(pc_postgresql " libpq")
endif()
configure_file(keitaro_outbox.pc.in ${CMAKE_CURRENT_BINARY_DIR}/keitaro_outbox.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/keitaro_outbox.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

if(KEITARO_OUTBOX_BUILD_COMMAND)
  install(TARGETS keitaro-outbox RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
