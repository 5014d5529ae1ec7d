# SPDX-License-Identifier: GPL-3.0-or-later
# What is installed where, and the Debian package (./dev package).
include(GNUInstallDirs)

install(TARGETS taffrail RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES ${PROJECT_SOURCE_DIR}/resources/io.taffrail.Taffrail.desktop DESTINATION ${CMAKE_INSTALL_DATADIR}/applications)
if(EXISTS ${PROJECT_SOURCE_DIR}/resources/icons/taffrail.svg)
    install(FILES ${PROJECT_SOURCE_DIR}/resources/icons/taffrail.svg DESTINATION ${CMAKE_INSTALL_DATADIR}/icons/hicolor/scalable/apps)
endif()
foreach(schema inventory.schema.json)
    if(EXISTS ${PROJECT_SOURCE_DIR}/resources/${schema})
        install(FILES ${PROJECT_SOURCE_DIR}/resources/${schema} DESTINATION ${CMAKE_INSTALL_DATADIR}/taffrail)
    endif()
endforeach()
install(FILES ${PROJECT_SOURCE_DIR}/README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})

# Manual page and copyright in the form that Debian wants them.
find_program(GZIP gzip REQUIRED)
add_custom_command(OUTPUT ${PROJECT_BINARY_DIR}/taffrail.1.gz
    COMMAND ${GZIP} -9nc ${PROJECT_SOURCE_DIR}/resources/taffrail.1 > ${PROJECT_BINARY_DIR}/taffrail.1.gz
    DEPENDS ${PROJECT_SOURCE_DIR}/resources/taffrail.1 VERBATIM)
add_custom_target(taffrail_manual ALL DEPENDS ${PROJECT_BINARY_DIR}/taffrail.1.gz)
add_dependencies(taffrail taffrail_manual)
install(FILES ${PROJECT_BINARY_DIR}/taffrail.1.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${PROJECT_SOURCE_DIR}/resources/copyright DESTINATION ${CMAKE_INSTALL_DOCDIR})

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME taffrail)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "The Taffrail developers <taffrail@example.com>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "desktop console for deployments, migrations, backups and health")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "Reads environments over SSH and PostgreSQL, without an agent, and shows side by side
what is deployed, which migrations are applied or pending, how old the newest
good backup is, and whether the environment is healthy. The same program is a
command line for scripts and incident notes.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# Loaded at run time, so not seen in the program's library list: the SQLite driver, and ssh -G for aliases.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libqt6sql6-sqlite, openssh-client")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "libqt6svg6")
include(CPack)
