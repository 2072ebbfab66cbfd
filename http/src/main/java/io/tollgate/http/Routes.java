package io.tollgate.http;

/**
 * Where a role declares its routes. Paths are absolute, with parameters in braces. A route names
 * its guard and every query parameter it takes.
 */
public interface Routes {
  Routes get(String path, Guard guard, Endpoint endpoint, String... queryParameters);

  Routes post(String path, Guard guard, Endpoint endpoint, String... queryParameters);

  Routes put(String path, Guard guard, Endpoint endpoint, String... queryParameters);

  Routes patch(String path, Guard guard, Endpoint endpoint, String... queryParameters);

  Routes delete(String path, Guard guard, Endpoint endpoint, String... queryParameters);
}
