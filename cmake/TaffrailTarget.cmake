# One static library per folder; it links only what stands under it, so that a wrong arrow doesn't compile.
add_library(taffrail_options INTERFACE)
target_compile_features(taffrail_options INTERFACE cxx_std_20)
target_compile_options(taffrail_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
    -Woverloaded-virtual -Wold-style-cast $<$<BOOL:${TAFFRAIL_WERROR}>:-Werror>)
target_compile_definitions(taffrail_options INTERFACE QT_NO_CAST_FROM_ASCII QT_NO_CAST_TO_ASCII QT_NO_FOREACH
    QT_NO_URL_CAST_FROM_STRING QT_NO_NARROWING_CONVERSIONS_IN_CONNECT QT_DISABLE_DEPRECATED_BEFORE=0x060400)

# taffrail_library(NAME [SUBFOLDERS a b] [PUBLIC lib…] [PRIVATE lib…] [RESOURCES file.qrc])
# Sources: every .cpp/.h of the folder and of the named subfolders. Headers are found by file name.
function(taffrail_library name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SUBFOLDERS;PUBLIC;PRIVATE;RESOURCES")
    set(patterns *.cpp *.h)
    set(includes ${CMAKE_CURRENT_SOURCE_DIR})
    foreach(folder IN LISTS arg_SUBFOLDERS)
        list(APPEND patterns ${folder}/*.cpp ${folder}/*.h)
        list(APPEND includes ${CMAKE_CURRENT_SOURCE_DIR}/${folder})
    endforeach()
    file(GLOB sources CONFIGURE_DEPENDS ${patterns})
    set(compiled ${sources})
    list(FILTER compiled INCLUDE REGEX "\\.cpp$")
    if(NOT compiled)
        add_library(${name} INTERFACE)
        target_include_directories(${name} INTERFACE ${includes})
        target_link_libraries(${name} INTERFACE ${arg_PUBLIC} ${arg_PRIVATE})
        return()
    endif()
    add_library(${name} STATIC ${sources} ${arg_RESOURCES})
    target_include_directories(${name} PUBLIC ${includes})
    target_link_libraries(${name} PUBLIC ${arg_PUBLIC} PRIVATE taffrail_options ${arg_PRIVATE})
    set_target_properties(${name} PROPERTIES AUTOMOC ON AUTORCC ON)
endfunction()

# taffrail_test(tst_subject [LIBS lib…] [LABELS label…] [TIMEOUT seconds] [SERIAL]): one QtTest program from tst_subject.cpp.
function(taffrail_test name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "SERIAL" "TIMEOUT" "LIBS;LABELS")
    add_executable(${name} ${name}.cpp)
    set_target_properties(${name} PROPERTIES AUTOMOC ON)
    target_link_libraries(${name} PRIVATE taffrail_options Qt6::Test ${arg_LIBS})
    target_compile_options(${name} PRIVATE -O0) # the test itself need not be fast, but its compiling should
    target_compile_definitions(${name} PRIVATE TAFFRAIL_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
        TAFFRAIL_BINARY="$<TARGET_FILE_DIR:taffrail>/taffrail")
    add_test(NAME ${name} COMMAND ${name})
    if(NOT arg_TIMEOUT)
        set(arg_TIMEOUT 120)
    endif()
    set_tests_properties(${name} PROPERTIES TIMEOUT ${arg_TIMEOUT} LABELS "${arg_LABELS}"
        ENVIRONMENT "QT_QPA_PLATFORM=offscreen;LC_ALL=C.UTF-8")
    if(arg_SERIAL)
        set_tests_properties(${name} PROPERTIES RUN_SERIAL ON)
    endif()
endfunction()
