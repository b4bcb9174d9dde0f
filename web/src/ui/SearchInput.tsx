import { TextInput } from "@mantine/core";

interface Props {
  readonly label: string;
  readonly onChange: (words: string) => void;
  readonly placeholder: string;
  readonly value: string;
  readonly width?: number;
  /** As long as the server takes it. */
  readonly longest?: number;
}

/** A line to search by. */
export function SearchInput({ label, onChange, placeholder, value, width, longest = 64 }: Props) {
  return (
    <TextInput
      label={label}
      maxLength={longest}
      onChange={(event) => onChange(event.currentTarget.value)}
      placeholder={placeholder}
      type="search"
      value={value}
      {...(width === undefined ? {} : { w: width })}
    />
  );
}
